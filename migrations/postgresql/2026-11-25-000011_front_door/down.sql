DROP TABLE front_door_duty;
